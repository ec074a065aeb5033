package io.hibernateshards.spring.data;

import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;

/** By parts of a composite id. */
interface Visits extends JpaRepository<Visit, Visit.Id> {
    List<Visit> findByIdRegionAndIdPlaceOrderByIdNumber(String region, int place);

    List<Visit> findByGuestOrderByIdRegionAscIdPlaceAscIdNumberAsc(String guest);
}
